/** Two facts of a source that a claim joins to a reason and what follows from it, in English, German and French. */
import type { Analysis } from './canonical.ts';

/** At the beginning of a sentence they tell what follows from the one before it. */
const leadingOn =
  /^ (?:so|therefore|thus|hence|consequently|accordingly|deshalb|daher|deswegen|folglich|somit|also|donc|ainsi) /;
const reason =
  / (?:because|due to|owing to|as a result of|therefore|thus|hence|consequently|so(?! (?:that|far|long|much|many|as|on|called) )|weil|aufgrund|infolge|deshalb|daher|deswegen|folglich|parce que|a cause d|c est pourquoi|donc) (?=\S)/;
/** Whatever may state one, and what is read as stating one. */
const anyReason =
  / (?:because|cause\w*|causing|due|owing|result\w*|lead|leads|led|leading|therefore|thus|thereby|hence|consequen\w*|accordingly|so|since|as|given|reason\w*|why|order to|weil|da|denn|wegen|grund\w*|aufgrund|infolge|deshalb|daher|deswegen|dadurch|damit|folg\w*|somit|sodass|fuhrt\w*|parce|puisque|car|cause|raison\w*|pourquoi|donc|ainsi|grace|suite) /;

/** Whether the claim states a reason where the evidence states none. */
export function addsReason(claim: Analysis, evidence: Analysis): boolean {
  return reason.test(claim.sequence.replace(leadingOn, ' ')) && !anyReason.test(evidence.sequence);
}

const courtesy =
  /^(?:(?:please )?(?:let me know|feel free to)|(?:i )?hope (?:this|that) helps|is there anything else|if you (?:have|need) (?:any )?(?:more|further|other|additional|questions)|(?:wenn|falls) (?:sie|du) (?:noch )?(?:weitere )?fragen|n'hésitez pas)\b/iu;

/** Said to the asker about the talk; it claims nothing, and is not shown. */
export function isCourtesy(text: string): boolean {
  return text.length < 120 && !/\d/.test(text) && courtesy.test(text);
}

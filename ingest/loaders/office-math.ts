/** Formulas of Office documents on one line, as people write them in plain text: `x = (-b ± √(b^2-4ac))/(2a)`. */
import { attribute, childAt, childrenNamed, elementsOf, textOf, type XmlElement } from './xml-tree.ts';

/** `element` is an `oMath` or a part of one. */
export function mathText(element: XmlElement): string {
  switch (element.name) {
    case 't':
      return textOf(element);
    case 'f':
      return `${grouped(part(element, 'num'))}/${grouped(part(element, 'den'))}`;
    case 'sSup':
      return `${part(element, 'e')}^${grouped(part(element, 'sup'))}`;
    case 'sSub':
      return `${part(element, 'e')}_${grouped(part(element, 'sub'))}`;
    case 'sSubSup':
      return `${part(element, 'e')}_${grouped(part(element, 'sub'))}^${grouped(part(element, 'sup'))}`;
    case 'sPre':
      return `_${grouped(part(element, 'sub'))}^${grouped(part(element, 'sup'))} ${part(element, 'e')}`;
    case 'rad': {
      const degree = part(element, 'deg');
      return `${degree === '' ? '√' : `${degree}√`}(${part(element, 'e')})`;
    }
    case 'nary': {
      const sub = part(element, 'sub');
      const sup = part(element, 'sup');
      const sign = property(element, 'naryPr', 'chr') ?? '∫';
      return `${sign}${sub === '' ? '' : `_${grouped(sub)}`}${sup === '' ? '' : `^${grouped(sup)}`} ${part(element, 'e')}`;
    }
    case 'limLow':
      return `${part(element, 'e')}_${grouped(part(element, 'lim'))}`;
    case 'limUpp':
      return `${part(element, 'e')}^${grouped(part(element, 'lim'))}`;
    case 'func':
      return `${part(element, 'fName')} ${part(element, 'e')}`;
    case 'd': {
      const open = property(element, 'dPr', 'begChr') ?? '(';
      const close = property(element, 'dPr', 'endChr') ?? ')';
      const separator = property(element, 'dPr', 'sepChr') ?? '|';
      return `${open}${childrenNamed(element, 'e').map(inner).join(separator)}${close}`;
    }
    case 'm':
      return `[${childrenNamed(element, 'mr')
        .map((row) => childrenNamed(row, 'e').map(inner).join(', '))
        .join('; ')}]`;
    case 'eqArr':
      return childrenNamed(element, 'e').map(inner).join('; ');
    case 'acc':
      return `${part(element, 'e')}${property(element, 'accPr', 'chr') ?? '\u0302'}`;
    default:
      return element.name.endsWith('Pr') || element.name === 'del' ? '' : inner(element);
  }
}

function inner(element: XmlElement): string {
  return elementsOf(element).map(mathText).join('');
}

function part(element: XmlElement, name: string): string {
  const found = childAt(element, name);
  return found === undefined ? '' : inner(found).trim();
}

function property(element: XmlElement, ...path: readonly string[]): string | undefined {
  const found = childAt(element, ...path);
  return found === undefined ? undefined : (attribute(found, 'val') ?? '');
}

/** What is more than one number or name stands in parentheses. */
function grouped(text: string): string {
  return /^[\p{L}\p{N}.,′∞]*$/u.test(text) ? text : `(${text})`;
}

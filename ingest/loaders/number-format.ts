/** Numbers of spreadsheet cells as their format shows them. */
import { format } from 'numfmt';

/** The formats that a workbook names only by number (ECMA-376, part 1, 18.8.30); dates in an order that nobody misreads. */
const builtInFormats: Readonly<Record<number, string>> = {
  1: '0',
  2: '0.00',
  3: '#,##0',
  4: '#,##0.00',
  9: '0%',
  10: '0.00%',
  11: '0.00E+00',
  12: '# ?/?',
  13: '# ??/??',
  14: 'yyyy-mm-dd',
  15: 'd-mmm-yy',
  16: 'd-mmm',
  17: 'mmm-yy',
  18: 'h:mm AM/PM',
  19: 'h:mm:ss AM/PM',
  20: 'h:mm',
  21: 'h:mm:ss',
  22: 'yyyy-mm-dd h:mm',
  37: '#,##0;(#,##0)',
  38: '#,##0;(#,##0)',
  39: '#,##0.00;(#,##0.00)',
  40: '#,##0.00;(#,##0.00)',
  45: 'mm:ss',
  46: '[h]:mm:ss',
  47: 'mm:ss.0',
  48: '##0.0E+0',
};

const days1904 = 1462;
/** What spreadsheet programs allow. */
const maxCodeLength = 255;

export interface NumberFormats {
  /** Format codes of the workbook's own, by number. */
  readonly own: ReadonlyMap<number, string>;
  /** Whether days count from 1904. */
  readonly is1904: boolean;
}

export function shownNumber(raw: string, formatId: number, formats: NumberFormats): string {
  const value = Number(raw);
  const code = formats.own.get(formatId) ?? builtInFormats[formatId];
  if (raw.trim() === '' || !Number.isFinite(value)) return raw;
  if (code === undefined || code.length > maxCodeLength || /^general$/i.test(code) || code === '@')
    return plainNumber(value, raw);
  try {
    const isDate = /[ymdhs]/i.test(code.replace(/"[^"]*"|\\.|\[[^\]]*\]/g, ''));
    const shifted = formats.is1904 && isDate ? value + days1904 : value;
    return format(code, shifted, { overflow: raw }).trim();
  } catch {
    return plainNumber(value, raw);
  }
}

/** Binary fractions are written with all their digits; nobody sees more than 15. */
function plainNumber(value: number, raw: string): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return /^-?\d+$/.test(raw) ? raw : String(Number(value.toPrecision(15)));
}

/** Invitations and calendar files (RFC 5545): what, when, where and who, a line each. */
import type { ParsedDocument } from '../../src/core/document.ts';
import { decodeText } from './decode.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { parsedDocument } from './parsed-document.ts';
import { TextBuilder } from './text-builder.ts';

export const calendarLoader: Loader = {
  name: 'calendar',
  mediaTypes: ['text/calendar'],
  async load(input) {
    return loadCalendar(input);
  },
};

function loadCalendar(input: LoaderInput): ParsedDocument {
  const decoded = decodeText(input.bytes, input.fileName);
  const builder = new TextBuilder();
  const events = eventsOf(decoded.text);
  for (const event of events) {
    builder.add('heading', event.summary ?? 'Event', { level: 2 });
    builder.add('paragraph', event.lines.join('\n'));
  }
  return parsedDocument({
    title: /^X-WR-CALNAME:(.*)$/m.exec(decoded.text)?.[1]?.trim() || (events[0]?.summary ?? input.fileName),
    mediaType: input.mediaType,
    body: builder,
    warnings: decoded.warnings,
  });
}

export interface CalendarEvent {
  readonly summary: string | null;
  /** `Event: …`, `Begins: …` and so on; never empty. */
  readonly lines: readonly string[];
}

const maxEvents = 10_000;
const labels: Readonly<Record<string, string>> = {
  SUMMARY: 'Event',
  DTSTART: 'Begins',
  DTEND: 'Ends',
  DUE: 'Due',
  LOCATION: 'Place',
  ORGANIZER: 'Organizer',
  ATTENDEE: 'With',
  RRULE: 'Repeats',
  STATUS: 'Status',
  DESCRIPTION: 'Description',
};

export function eventsOf(source: string): readonly CalendarEvent[] {
  // A line that begins with white space goes on with the one before.
  const lines = source.replace(/\r?\n[ \t]/g, '').split(/\r?\n/);
  const events: CalendarEvent[] = [];
  let facts: Map<string, string[]> | null = null;
  let inner = 0;
  for (const line of lines) {
    const [, name = '', parameters = '', value = ''] =
      /^([A-Za-z-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)$/.exec(line) ?? [];
    const property = name.toUpperCase();
    if (property === 'BEGIN') {
      if (facts !== null) inner++;
      else if (/^(?:VEVENT|VTODO|VJOURNAL)$/i.test(value.trim())) facts = new Map();
    } else if (property === 'END' && facts !== null) {
      if (inner > 0) inner--;
      else {
        const event = eventOf(facts);
        if (event !== null) events.push(event);
        facts = null;
        if (events.length >= maxEvents) break;
      }
    } else if (facts !== null && inner === 0 && Object.hasOwn(labels, property)) {
      const values = facts.get(property);
      const text = readable(property, parameters, value);
      if (values === undefined) facts.set(property, [text]);
      else values.push(text);
    }
  }
  return events;
}

function eventOf(facts: ReadonlyMap<string, readonly string[]>): CalendarEvent | null {
  const lines = Object.entries(labels).flatMap(([property, label]) => {
    const value = (facts.get(property) ?? []).filter((part) => part !== '').join(', ');
    return value === '' ? [] : [`${label}: ${value}`];
  });
  const summary = facts.get('SUMMARY')?.[0]?.replace(/\s+/g, ' ').trim() ?? '';
  return lines.length === 0 ? null : { summary: summary === '' ? null : summary, lines };
}

function readable(property: string, parameters: string, value: string): string {
  const text = value
    .replace(/\\n/gi, '\n')
    .replace(/\\([,;\\])/g, '$1')
    .trim();
  if (property === 'ORGANIZER' || property === 'ATTENDEE') {
    const name = /;CN=(?:"([^"]*)"|([^;:]*))/i.exec(parameters);
    return name?.[1] ?? name?.[2] ?? text.replace(/^mailto:/i, '');
  }
  if (!/^(?:DTSTART|DTEND|DUE)$/.test(property)) return text;
  const time = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{2}(Z?))?$/.exec(text);
  if (time === null) return text;
  const [, year, month, day, hour, minute, utc] = time;
  const zone = utc === 'Z' ? ' UTC' : (/;TZID="?([^";:]*)/i.exec(parameters)?.[1] ?? '').replace(/^(?=.)/, ' ');
  return `${year}-${month}-${day}${hour === undefined ? '' : ` ${hour}:${minute}${zone}`}`;
}

import { scanObject, type ObjectLayout } from './json-scan.js';

/** The exact text of the value of each member of the outermost object. `text` must be an object that `scanObject` accepts. */
export function rawMembers(text: string): ReadonlyMap<string, string> {
  return new Map(
    layoutOf(text).members.map((member) => [member.key, text.slice(member.valueStart, member.valueEnd)]),
  );
}

/**
 * `text` with member `key` set to the JSON text `raw`. Every other byte stays: a known member changes only its value, a new one comes last,
 * spaced like the one before it.
 */
export function setMember(text: string, key: string, raw: string): string {
  const layout = layoutOf(text);
  const index = layout.members.findIndex((member) => member.key === key);
  const known = layout.members[index];
  if (known) return text.slice(0, known.valueStart) + raw + text.slice(known.valueEnd);
  const last = layout.members.at(-1);
  if (!last) return fillEmpty(text, layout, `${JSON.stringify(key)}: ${raw}`);
  const gap = text.slice(gapStart(text, layout), last.keyStart);
  const colon = text.slice(last.keyEnd, last.valueStart);
  return `${text.slice(0, last.valueEnd)},${gap}${JSON.stringify(key)}${colon}${raw}${text.slice(last.valueEnd)}`;
}

/** `text` without member `key`; undoes a `setMember` that added it. */
export function removeMember(text: string, key: string): string {
  const { open, close, members } = layoutOf(text);
  const index = members.findIndex((member) => member.key === key);
  const member = members[index];
  if (!member) return text;
  const previous = members[index - 1];
  const next = members[index + 1];
  if (previous) return text.slice(0, previous.valueEnd) + text.slice(member.valueEnd);
  if (next) return text.slice(0, member.keyStart) + text.slice(next.keyStart);
  return text.slice(0, open + 1) + text.slice(close);
}

function fillEmpty(text: string, { open, close }: ObjectLayout, member: string): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return `${text.slice(0, open + 1)}${newline}  ${member}${newline}${text.slice(close)}`;
}

/** Where the white space before the name of the last member begins: after the comma before it, or after the brace. */
function gapStart(text: string, layout: ObjectLayout): number {
  const previous = layout.members.at(-2);
  return previous ? text.indexOf(',', previous.valueEnd) + 1 : layout.open + 1;
}

function layoutOf(text: string): ObjectLayout {
  const layout = scanObject(text);
  if ('what' in layout) throw new TypeError(`not a JSON object: ${layout.what}`);
  return layout;
}

// Controls, separators of lines and formats such as bidirectional overrides: what a hostile lease could steer a terminal with.
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu;

/** Text of others made harmless for a terminal: control characters appear as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** A span for people, its two greatest units: `23h 59m`, `4m 5s`, `12s`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const units: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ];
  const first = units.findIndex(([count]) => count > 0);
  if (first < 0) return '0s';
  const shown = units.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count}${unit}`).join(' ');
}

/** `1 lease`, `3 leases`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

import { EMPTY_RECORD, formatRecord, parseRecord } from './daemon-json-record.js';

describe('parseRecord', () => {
  it('reads back what formatRecord wrote', () => {
    const record = { created: true, keys: { mtu: { previous: '1500', ours: ['1450'] } }, restartedFor: 'x' };
    expect(parseRecord(formatRecord(record))).toEqual(record);
  });

  it.each([
    undefined,
    '',
    'null',
    '{',
    '[]',
    '{"keys": {"mtu": {"ours": "1450"}}}',
    '{"keys": {"mtu": null}}',
  ])('takes nothing for ours from %j', (text) => {
    expect(parseRecord(text)).toEqual(EMPTY_RECORD);
  });
});

import { parsePrefix } from '@overlay/cidr';
import { spreadMetric } from './metric.js';

describe('spreadMetric', () => {
  it.each([
    ['10.70.1.0/24', 100 + (0x0a4601 & 1023)],
    ['10.70.2.0/24', 100 + (0x0a4602 & 1023)],
    ['255.255.255.0/24', 100 + 1023],
    ['0.0.0.0/0', 100],
    ['10.0.0.1/32', 101],
    ['fc00:70::/64', 1024],
    ['::/0', 1024],
  ])('%s has metric %i', (text, metric) => {
    expect(spreadMetric(parsePrefix(text))).toBe(metric);
  });

  it('gives 1,024 neighbouring subnets 1,024 metrics', () => {
    const metrics = Array.from({ length: 1024 }, (_, n) =>
      spreadMetric({ family: 4, bits: 0x0a000000 + n * 256, length: 24 }),
    );
    expect(new Set(metrics).size).toBe(1024);
  });
});

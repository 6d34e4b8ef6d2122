import { describe, expect, it } from 'vitest';
import * as format from '.';

describe('format', () => {
  it('shows cents only below a hundred dollars, and what is not known in words', () => {
    expect(format.usd(99.5)).toBe('$99.50');
    expect(format.usd(12345.6)).toBe('$12,346');
    expect(format.usd(-12)).toBe('−$12.00');
    expect(format.usd(null)).toBe('not known');
  });
  it('shows an interval as one amount where both bounds read the same', () => {
    expect(format.usdInterval({ low: 340, likely: 372, high: 410 })).toBe('$340–$410');
    expect(format.usdInterval({ low: 340.1, likely: 340.2, high: 340.3 })).toBe('$340');
  });
  it('shows durations in the largest units that matter', () => {
    expect(format.minutes(134)).toBe('2 h 14 min');
    expect(format.minutes(60)).toBe('1 h');
    expect(format.minutes(0.5)).toBe('30 s');
    expect(format.minutes(3.25)).toBe('3.3 min');
    expect(format.minutes(3000)).toBe('2 d 2 h');
    expect(format.minutesInterval({ low: 43, likely: 45, high: 47 })).toBe('43–47 min');
    expect(format.minutesInterval({ low: 55, likely: 58, high: 65 })).toBe('55 min–1 h 5 min');
    expect(format.minutes(9 * 1440 - 5)).toBe('9 d');
  });
  it('drops decimals of percentages from ten on, and shows the sign of changes', () => {
    expect(format.percent(0.0349)).toBe('3.5 %');
    expect(format.percent(0.349)).toBe('35 %');
    expect(format.change(0.04)).toBe('+4.0 %');
    expect(format.change(-0.2)).toBe('−20 %');
  });
  it('shortens money for axes', () => {
    expect(format.usdShort(1234)).toBe('$1.2k');
    expect(format.usdShort(51000)).toBe('$51k');
  });
});

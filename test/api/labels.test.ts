import { describe, expect, test } from '@jest/globals';
import { labelSelectorSchema, selects } from '../../api/labels.ts';

describe('a label selector', () => {
  const labels = { app: 'web', tier: 'front' };
  test.each([
    { selector: {}, expected: true },
    { selector: { matchLabels: { app: 'web' } }, expected: true },
    { selector: { matchLabels: { app: 'web', tier: 'back' } }, expected: false },
    { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['api', 'web'] }] }, expected: true },
    { selector: { matchExpressions: [{ key: 'none', operator: 'In', values: ['web'] }] }, expected: false },
    { selector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, expected: false },
    { selector: { matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['web'] }] }, expected: true },
    { selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] }, expected: true },
    { selector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, expected: false },
    {
      selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'x', operator: 'Exists' }] },
      expected: false,
    },
  ])('$selector: $expected', ({ selector, expected }) => {
    expect(selects(labelSelectorSchema.parse(selector), labels)).toBe(expected);
  });
});

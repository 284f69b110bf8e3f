import { describe, expect, test } from '@jest/globals';
import { lockLab } from '../../lab/lock.ts';
import { uniqueLabName } from './support.ts';

describe('the lock of a lab', () => {
  test('is held by one, until it is disposed', async () => {
    const lab = uniqueLabName();
    {
      await using _ = await lockLab(lab, 'making');
      await expect(lockLab(lab, 'making')).rejects.toThrow(`another command is making lab ${lab} at this moment`);
    }
    await using again = await lockLab(lab, 'making');
    expect(again).toBeDefined();
  });

  test('of another lab, or for another purpose, is another lock', async () => {
    const lab = uniqueLabName();
    await using _ = await lockLab(lab, 'making');
    await using demonstration = await lockLab(lab, 'demonstrating');
    await using other = await lockLab(uniqueLabName(), 'making');
    expect([demonstration, other]).toHaveLength(2);
  });
});

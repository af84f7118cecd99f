/** Help that a newcomer can follow: every command says what it does, lists its options and shows an example. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, strads } from './strads.js';

const COMMANDS = [['train', 'lasso'], ['train', 'mf'], ['train', 'lda'], ['topics'], ['infer'], ['predict'], ['recommend'], ['similar'], ['worker'], ['doctor'], ['demo']];

describe('--help', () => {
  it('of strads lists every command and shows how to begin', async () => {
    const { code, stdout } = await strads('.', '--help');
    expect(code).toBe(0);
    for (const [command] of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(stdout).toContain('$ strads train lasso --data');
  });

  it.each(COMMANDS)('of %s %s says what it does', async (...command) => {
    const words = command.filter((word) => word);
    const { code, stdout } = await strads('.', ...words, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: strads ${words.join(' ')} \\[options\\]\n\n\\S`));
    expect(stdout).not.toContain('undefined');
  });
});

describe('--version', () => {
  it('is that of the package', async () => {
    const { stdout } = await strads('.', '--version');
    expect(stdout).toBe('0.1.0\n');
  });
});

describe('the built command', () => {
  it('is executable, as npx runs it', async () => {
    await expect(access(join(ROOT, 'dist/src/cli/main.js'), constants.X_OK)).resolves.toBeUndefined();
  });
});

import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const BROWSER_FILES = ['frames', 'session', 'connect', 'reception', 'loopback', 'websocket-wire', 'browser-client'];

describe('what a browser needs of the bus', () => {
  it.each(BROWSER_FILES)('%s.ts bundles without a module of Node', async (file) => {
    const { metafile, outputFiles } = await build({
      entryPoints: [`src/bus/${file}.ts`],
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
    expect(imports.filter((path) => !path.startsWith('src/bus/'))).toEqual([]);
    expect(outputFiles[0]!.text).not.toMatch(/node:|require\(|process\.|Buffer\./);
  });
});

import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Imports a room must not make: the direction is cli → models → runtime → {schedule, engine, bus, checkpoint, data, report}. */
const forbid = (files, patterns, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: patterns, message }] }] },
});

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'shaders/**/*.ts', '!shaders/**/*.cost.ts', 'models/*/wasm/**', 'runs/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness is counter-based and keyed: see src/schedule/random.ts.' },
      ],
    },
  },
  { files: ['**/*.mjs', '*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly', Buffer: 'readonly', URL: 'readonly' } } },
  // One entry a room: of two entries for a file, only the last counts.
  forbid(['src/program.ts'], '/models/', 'The system knows no model; the command line registers them.'),
  forbid(['src/{schedule,engine,bus,data,report}/**/*.ts'], '/(models|runtime|cli|checkpoint)/', 'The rooms below runtime do not look up.'),
  forbid(['src/checkpoint/**/*.ts'], '/(models|runtime|cli|schedule|engine|bus|report)/', 'Checkpoints know data and nothing above.'),
  forbid(['src/runtime/**/*.ts'], '/(models|cli)/', 'The runtime knows no model and does not look up to the command line.'),
  forbid(['models/**/*.ts'], '/(cli|checkpoint)/', 'Only the command line knows the command line; what is saved of a model goes by the runtime.'),
);

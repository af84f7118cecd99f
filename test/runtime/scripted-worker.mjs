/** A worker process that plays the next scene of a file: it says its words, then sends how it ended or exits with a code. */
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env['SCRIPT'];
process.once('message', (request) => {
  const { scenes, requests } = JSON.parse(readFileSync(file, 'utf8'));
  const { joins = false, outcome, code = 0 } = scenes.shift();
  writeFileSync(file, JSON.stringify({ scenes, requests: [...requests, request] }));
  if (joins) process.send('joined');
  if (outcome) process.send(outcome, () => process.exit(0));
  else process.exit(code);
});

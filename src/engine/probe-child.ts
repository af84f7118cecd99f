/** The child process of a probe: reports every adapter Dawn finds, in Dawn's order, to its parent and ends. */
import { type AdapterReport, reportOf } from './adapter-report.js';
import { createDawn, listAdapters } from './dawn.js';

async function reports(): Promise<AdapterReport[]> {
  const found: AdapterReport[] = [];
  for (const named of await listAdapters()) {
    const gpu = await createDawn({ adapter: named.name });
    const adapter = await gpu.requestAdapter();
    if (adapter) found.push(reportOf(named, adapter));
  }
  return found;
}

const answer = await reports().then(
  (adapters) => ({ adapters, problem: null }),
  (error: unknown) => ({ adapters: [], problem: error instanceof Error ? error.message : String(error) }),
);
process.send?.(answer, () => process.exit(0));

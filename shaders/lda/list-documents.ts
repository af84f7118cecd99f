/** Twin of list-documents.wgsl, same lists. Documents come one after another and share one group's counters. */
import { drain, summaryOf, tally, touchedOf } from '../common/counters';

export function run(
  tokenStarts: usize, topics: usize, documents: usize, scratch: usize, documentCount: u32, groups: u32, topicCount: u32, bits: u32,
): void {
  const touched = touchedOf(scratch, topicCount);
  const summary = summaryOf(scratch, topicCount);
  for (let d: u32 = 0; d < documentCount; d++) {
    const end = topics + (load<u32>(tokenStarts + (d + 1 << 2)) << 2);
    for (let token = topics + (load<u32>(tokenStarts + (d << 2)) << 2); token < end; token += 4) {
      const current = load<u16>(token, 2);
      tally(scratch, touched, summary, current, 1);
      store<u16>(token, current);
    }
    const list = documents + (load<u32>(documents + (d << 2)) << 2);
    store<u32>(documents + (documentCount + 1 + d << 2), drain(scratch, topicCount, list, bits));
  }
}

/** Items best first, as recommend and similar give them out: fields for programs, a table for people. */
import type { RankedItem } from '../../models/mf/ranking.js';
import type { Fields, Reporter } from '../report/reporter.js';

/** `asked`: the user or the item that the ranking is for. */
export function reportRanking(reporter: Reporter, asked: Fields, ranking: readonly RankedItem[], model: string): void {
  reporter.result('done', { ...asked, items: ranking, model }, table(ranking));
}

function table(ranking: readonly RankedItem[]): string {
  if (ranking.length === 0) return 'no item is left';
  const width = ranking.reduce((most, { item }) => Math.max(most, item.length), 'item'.length);
  return [`${'item'.padEnd(width)}  score`, ...ranking.map(({ item, score }) => `${item.padEnd(width)}  ${score.toFixed(4)}`)].join('\n');
}

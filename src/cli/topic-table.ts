/** Topics as people read them: a line each, with how much of the corpus they are, how well their words go together, and the words. */
import type { TopicDescription } from '../../models/lda/topic-description.js';

const HEADER = 'topic    share    alpha    NPMI  words';

export function topicTable(topics: readonly TopicDescription[]): string[] {
  return [HEADER, ...topics.map(topicLine)];
}

/** "   12    3.4 %   0.1000   0.121  bush kerry poll" */
function topicLine({ topic, share, alpha, coherence, words }: TopicDescription): string {
  const cells = [String(topic).padStart(5), `${(100 * share).toFixed(1)} %`.padStart(7), alphaText(alpha).padStart(7), (coherence === null ? '–' : coherence.toFixed(3)).padStart(6)];
  return `${cells.join('  ')}  ${words.map(({ word }) => word).join(' ')}`;
}

/** Learned ones differ by orders of magnitude. */
function alphaText(alpha: number): string {
  return alpha < 0.001 ? alpha.toExponential(1) : alpha.toFixed(4);
}

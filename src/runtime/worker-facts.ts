/** What a joining worker says of itself, checked: a peer that knows the token may still say anything. */
import { z } from 'zod';
import type { GpuJsMode } from '../engine/gpujs.js';
import type { EngineKind } from '../engine/engine.js';
import type { WorkerFacts } from './join.js';

/** A line that a terminal shows as it is. */
const line = z.string().max(256).regex(/^\P{C}*$/u);
const run = z.number().int().min(1).max(0xffff_ffff);

const invitation = z.string().regex(/^[0-9a-f]{32}$/);

const networkPeer = z.object({ host: z.string().max(255).regex(/^[\p{L}\p{N}.:_%-]+$/u).nullable(), port: z.number().int().min(1).max(65535), run, invitation, tls: z.boolean().optional() });
const threadPeer = z.object({ thread: line, run, invitation });

const factsSchema = z.object({
  engine: z.enum(['webgpu', 'wasm'] satisfies EngineKind[]),
  adapter: line,
  software: z.boolean(),
  gpujs: z.enum(['webasm', 'webgpu'] satisfies GpuJsMode[]).optional(),
  dataRoot: z.string().max(4096).regex(/^\P{Cc}*$/u).optional(),
  peer: z.union([networkPeer, threadPeer]).optional(),
  origin: z.string().regex(/^[0-9a-f]{1,64}$/).optional(),
} satisfies Partial<Record<keyof WorkerFacts, z.ZodType>>);

/** What is wrong with the facts of a worker, in a sentence; null if nothing is. */
export function complaintAbout(name: string, facts: unknown): string | null {
  const { error } = factsSchema.safeParse(facts);
  if (!error) return null;
  const { path, message } = error.issues[0]!;
  return `worker ${name} says of itself what makes no sense (${path.join('.') || 'facts'}: ${message}): start it by this version of strads`;
}

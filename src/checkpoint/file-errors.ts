/** What the file system says, and what to do about it. */
import { CheckpointError } from './error.js';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Free space there or choose another folder for checkpoints',
  EDQUOT: 'the disk quota is used up. Free space there or choose another folder for checkpoints',
  EFBIG: 'the file system takes no file so large. Choose another folder for checkpoints',
  EROFS: 'the file system is read-only. Choose another folder for checkpoints',
  EACCES: 'permission is denied. Change who may use it or choose another folder for checkpoints',
  EPERM: 'it is not permitted. Change who may use it or choose another folder for checkpoints',
  EIO: 'the disk reports an error. Check the disk or choose another folder for checkpoints',
  ENOTDIR: 'something in its path is no folder. Choose another folder for checkpoints',
  EEXIST: 'a file has this name. Choose another folder for checkpoints',
};

/** `done`: "written", "read", … */
export function storageError(name: string, done: string, error: unknown): CheckpointError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && done === 'read') return new CheckpointError('damaged', `${name}: is missing`, { cause: error });
  if (code === 'ELOOP') return new CheckpointError('damaged', `${name}: is a link, which no object of a checkpoint is`, { cause: error });
  if (code === 'ENOENT') return new CheckpointError('storage', `${name}: cannot be ${done}, for it or its folder is gone. Name a folder that is there, and leave it in place while a run uses it`, { cause: error });
  const advice = (code !== undefined && ADVICE[code]) || `${message}. Check the disk or choose another folder for checkpoints`;
  return new CheckpointError('storage', `${name}: cannot be ${done}: ${advice}${advice.includes(message) ? '' : ` (${code})`}`, { cause: error });
}

/**
 * File calls that answer at once. In: nothing. Out: from then on the asynchronous calls by which readers open, read and look at files are done by
 * the synchronous ones, as a pool of threads takes longer to wake up than a small file takes to be read. They give the same results and errors.
 */
import fs, { type Stats } from 'node:fs';
import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type Done = (error: Error | null, bytes: number, buffer: NodeJS.ArrayBufferView) => void;

export function answerAtOnce(): void {
  const calls = promises as unknown as Record<string, unknown>;
  const open = promises.open;
  const openToRead = at((path: string) => handleOf(fs.openSync(path, 'r')));
  calls['open'] = (path: string, flags: string) => (flags === 'r' ? openToRead(path) : open(path, flags));
  calls['stat'] = at((path: string) => fs.statSync(path));
  calls['realpath'] = at((path: string) => fs.realpathSync(path));
  calls['readFile'] = at((path: string, encoding?: BufferEncoding) => fs.readFileSync(path, encoding));
  const files = fs as unknown as Record<string, unknown>;
  files['read'] = (descriptor: number, buffer: NodeJS.ArrayBufferView, offset: number, length: number, position: number, done: Done): void => {
    let bytes = 0;
    let fault: Error | null = null;
    try {
      bytes = fs.readSync(descriptor, buffer, offset, length, position);
    } catch (error) {
      fault = error as Error;
    }
    process.nextTick(done, fault, bytes, buffer);
  };
  syncBuiltinESMExports();
}

/** A synchronous call as a promise. */
function at<Parameters extends unknown[], Result>(call: (...parameters: Parameters) => Result): (...parameters: Parameters) => Promise<Result> {
  return (...parameters) => new Promise((resolve) => resolve(call(...parameters)));
}

/** What readers use of a handle. */
function handleOf(fd: number): Pick<FileHandle, 'fd' | 'close'> & { stat: () => Promise<Stats> } {
  const read = (buffer: Buffer, offset: number, length: number, position: number | null) => ({ bytesRead: fs.readSync(fd, buffer, offset, length, position), buffer });
  return Object.assign({ fd, stat: at(() => fs.fstatSync(fd)), close: at(() => fs.closeSync(fd)) }, { read: at(read) });
}

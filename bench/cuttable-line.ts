/** A connection by way of this process, which can be cut so that neither end hears of it: nothing passes any more, and nothing is closed. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class CuttableLine {
  readonly #sockets: Socket[] = [];
  #server: Server | null = null;
  #isCut = false;

  /** Opens it to a port of this machine; the URL by which to go there. */
  async to(port: number): Promise<string> {
    const server = createServer((near) => {
      this.#sockets.push(near);
      near.on('error', () => undefined);
      if (this.#isCut) return;
      const far = connect(port, '127.0.0.1');
      far.on('error', () => undefined);
      this.#sockets.push(far);
      near.pipe(far);
      far.pipe(near);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Who connects from now on is not answered either. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
  }
}

/** What goes wrong on the bus before there is a link, or when a link is asked for something impossible. */

/**
 * unreachable: nobody answered, trying again may help. refused: the peer said no. protocol: the two do not speak
 * the same protocol. lost: the session is gone. address: what was given is no address, or it cannot be listened on.
 */
export type BusErrorReason = 'unreachable' | 'refused' | 'protocol' | 'lost' | 'address';

export class BusError extends Error {
  override readonly name = 'BusError';

  constructor(
    readonly reason: BusErrorReason,
    message: string,
  ) {
    super(message);
  }
}

/** Who listens at an address. */
export type Role = 'scheduler' | 'worker';

/** What a client is told whose token is wrong or missing. */
export function tokenRefused(address: string, role: Role): BusError {
  return new BusError('refused', `the ${role} at ${address} refused this token: pass the one that it was started with`);
}

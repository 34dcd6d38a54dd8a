// Time without trust in the device's clock: a token is good for `expires_in` from when it was asked for, on a clock that
// nobody sets. That clock may stop while the device sleeps, so the other one counts too where a doubt costs little.

/** A moment on both clocks, in milliseconds. */
export interface Moment {
  readonly steady: number;
  readonly wall: number;
}

export const moment = (ago = 0): Moment => ({ steady: performance.now() - ago, wall: Date.now() - ago });

export const since = ({ steady }: Moment): number => performance.now() - steady;

/** The longer of what the two clocks say. */
export const sinceAtMost = (then: Moment): number => Math.max(since(then), Date.now() - then.wall);

const TOLERATED_S = 60;

/** Compares the clocks by the `Date` of answers; `tell` hears once by how many seconds this device is ahead. */
export function watchSkew(tell: (seconds: number) => void): (date: string | null, asked: number) => void {
  let known = false;
  return (date, asked) => {
    // The header is cut to seconds, and was written at some time between question and answer.
    const seconds = Math.round(((asked + Date.now()) / 2 - Date.parse(date ?? "") - 500) / 1000);
    const wrong = Math.abs(seconds) > TOLERATED_S;
    if (wrong && !known) tell(seconds);
    if (date) known = wrong;
  };
}

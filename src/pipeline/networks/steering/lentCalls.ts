import type { Tensor } from '../../core/index.js';
import type { Feed } from '../elementTypes.js';
import type { GraphRewrite } from '../graphRewrite.js';

/** A network that lends what it computes, and the same network lent it: two rewrites of one graph. `Terms` say how much is borrowed. */
export interface Loan<Terms> {
  /** For the prediction that lends; what an earlier one lent is forgotten at {@link Loan.begin}. */
  readonly lender: GraphRewrite;
  /** For predictions that borrow, of as many frames: each makes the same calls as the lending one. */
  borrower(terms: Terms): GraphRewrite;
  /** Before a prediction that lends. */
  begin(): void;
}

/** What the calls of one prediction have lent, given out in their order, for as many predictions as ask. */
export class LentCalls {
  private calls: ReadonlyMap<string, Tensor>[] = [];
  private next = 0;

  /** Forgets everything. */
  begin(): void {
    this.calls = [];
    this.next = 0;
  }

  /** Takes what a call has lent. */
  readonly take = (outputs: ReadonlyMap<string, Tensor>): void => void this.calls.push(outputs);

  /** What the next call is lent; after the last comes the first, for the next prediction. */
  give(): Record<string, Feed> {
    const lent = this.calls[this.next % this.calls.length]!;
    this.next++;
    return Object.fromEntries(lent);
  }
}

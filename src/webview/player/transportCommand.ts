import type { PlayerAction } from './keys.js';
import type { Transport } from './transport.js';
import { nextRate } from './transportState.js';

/** Does what an action asks of the transport; actions that concern the view do nothing here. */
export function transportCommand(transport: Transport, action: PlayerAction): unknown {
  const { rate, loop, muted } = transport.state;
  switch (action.do) {
    case 'toggle':
      return transport.toggle();
    case 'pause':
      return transport.pause();
    case 'forward':
      return transport.forward();
    case 'backward':
      return transport.backward();
    case 'step':
      return transport.step(action.frames);
    case 'first':
      return transport.seek(0);
    case 'last':
      return transport.seek(transport.frames - 1);
    case 'setIn':
      return transport.setIn();
    case 'setOut':
      return transport.setOut();
    case 'clearRange':
      return transport.clearRange();
    case 'loop':
      return transport.setLoop(!loop);
    case 'mute':
      return transport.setMuted(!muted);
    case 'slower':
      return transport.setRate(nextRate(rate, -1));
    case 'faster':
      return transport.setRate(nextRate(rate, 1));
    default:
      return undefined;
  }
}

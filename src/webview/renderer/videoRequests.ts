import type { FromRenderer, ResolveVideo, VideoPart, VideoPreparing, VideoResolved } from '../../shared/rendererMessages.js';
import { bytesOf } from './base64.js';

/** How a clip can be shown after all. */
export type FoundVideo =
  /** A file that plays here; its first frame stands at `offset` seconds. */
  | { readonly kind: 'file'; readonly file: Blob; readonly offset: number }
  /** JPEG pictures, each of one of `frames`. */
  | { readonly kind: 'frames'; readonly pictures: readonly Blob[]; readonly frames: readonly number[]; readonly note: string }
  | { readonly kind: 'failed'; readonly message: string };

/** What is asked of the controller. */
export interface VideoQuestion {
  /** `ClipPayload.path`. */
  readonly path: string;
  readonly problem: ResolveVideo['problem'];
  readonly playsH264: boolean;
  /** Ends the work for it. */
  readonly signal: AbortSignal;
  /** Told while a version that plays is being made. */
  onPreparing(why: string, fraction: number): void;
}

interface Asked {
  readonly question: VideoQuestion;
  readonly parts: Uint8Array<ArrayBuffer>[];
  timer: ReturnType<typeof setTimeout>;
  settle(answer: FoundVideo | undefined): void;
}

/** How long the controller may be silent before nobody counts as listening. */
const patience = 8000;

/** The questions for clips that wait for an answer. */
export class VideoRequests {
  private readonly open = new Map<number, Asked>();
  private nextId = 1;

  constructor(private readonly send: (message: FromRenderer) => void) {}

  /** Asks for another way to a clip; undefined when nobody answers or the question was dropped. */
  ask(question: VideoQuestion): Promise<FoundVideo | undefined> {
    const requestId = this.nextId++;
    const { path, problem, playsH264, signal } = question;
    return new Promise((resolve) => {
      const drop = (): void => {
        this.send({ type: 'dropVideo', requestId });
        asked.settle(undefined);
      };
      const asked: Asked = {
        question,
        parts: [],
        timer: setTimeout(() => asked.settle(undefined), patience),
        settle: (answer) => {
          clearTimeout(asked.timer);
          signal.removeEventListener('abort', drop);
          this.open.delete(requestId);
          resolve(answer);
        },
      };
      this.open.set(requestId, asked);
      this.send({ type: 'resolveVideo', requestId, path, problem, playsH264 });
      signal.addEventListener('abort', drop);
      if (signal.aborted) drop();
    });
  }

  /** Takes what came for a question. */
  receive(message: VideoPreparing | VideoPart | VideoResolved): void {
    const asked = this.open.get(message.requestId);
    if (!asked) return;
    if (message.type === 'videoResolved') return asked.settle(found(message.answer, new Blob(asked.parts)));
    clearTimeout(asked.timer);
    // While a version is being made, its reports may be far apart; once parts come, they come in a row.
    if (message.type === 'videoPreparing') return asked.question.onPreparing(message.why, message.fraction);
    asked.timer = setTimeout(() => asked.settle(undefined), patience);
    asked.parts.push(bytesOf(message.data));
  }
}

function found(answer: VideoResolved['answer'], bytes: Blob): FoundVideo {
  switch (answer.kind) {
    case 'failed':
      return answer;
    case 'file':
      return { kind: 'file', file: bytes.slice(0, bytes.size, answer.mime), offset: answer.offset };
    case 'frames': {
      let start = 0;
      const pictures = answer.sizes.map((size) => bytes.slice(start, (start += size), 'image/jpeg'));
      return { kind: 'frames', pictures, frames: answer.frames, note: answer.note };
    }
  }
}

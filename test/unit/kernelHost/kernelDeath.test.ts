import assert from 'node:assert/strict';
import { describeDeath, type KernelEnd } from '../../../src/kernelHost/index.js';

describe('What became of a kernel, in words', () => {
  const end = (what: Partial<KernelEnd>): KernelEnd => ({ code: null, signal: null, stderr: '', rss: undefined, expected: false, ...what });

  it('names the cause', () => {
    assert.match(describeDeath(end({ code: 3 })), /ended with exit code 3 \(process\.exit was called\)\. Its variables are lost\.$/);
    assert.match(describeDeath(end({ code: 0 })), /ended itself/);
    assert.match(describeDeath(end({ signal: 'SIGSEGV' })), /crashed in native code \(SIGSEGV\)/);
    assert.match(
      describeDeath(end({ stderr: 'FATAL ERROR: … heap out of memory', signal: 'SIGABRT' })),
      /ran out of JavaScript memory.*--max-old-space-size/s,
    );
  });

  it('tells an error that nobody caught from process.exit, and which it was', () => {
    const stderr = 'cell:3\nthrow new Error("again");\n\nError: again\n    at Cell 3:1:16\n\nNode.js v20.19.0\n';
    const text = describeDeath(end({ code: 7, stderr }));
    assert.match(text, /an error that nobody caught \(exit code 7\)/);
    assert.match(text, /Its last words: Error: again$/);
    assert.doesNotMatch(text, /process\.exit/);
  });

  it('suspects that memory ran out where a large kernel was killed', () => {
    assert.match(describeDeath(end({ signal: 'SIGKILL', rss: 6 * 2 ** 30 })), /perhaps because memory ran out \(it held 6\.0 GiB\)/);
    assert.doesNotMatch(describeDeath(end({ signal: 'SIGKILL', rss: 2 ** 28 })), /memory/);
  });

  it('says what was under way, what to do next, and its last words', () => {
    const text = describeDeath(
      end({ signal: 'SIGKILL', stderr: 'first\nlast line\n\n' }),
      { cell: 4, progress: 'step 7 of 25' },
      'Run the cells above it again.',
    );
    assert.match(
      text,
      /while cell 4 was running \(step 7 of 25\)\. Its variables are lost\. Run the cells above it again\. Its last words: last line$/,
    );
  });
});

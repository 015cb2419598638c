import { type Command, Option } from 'commander';
import { FrameloomError, type PromptToPromptOptions } from '../library.js';
import { number } from './flagValues.js';

/** What the flags of a source prompt parse to, as commander names them. */
export interface PromptToPromptFlags {
  sourcePrompt?: string;
  alignment?: 'replace' | 'refine';
  crossReplaceSteps?: number;
  selfReplaceSteps?: number;
  localBlend?: string;
  blendThreshold?: number;
}

/** Adds the options of a second clip from the same noise, which lends its attention. */
export function addPromptToPromptFlags(command: Command): Command {
  return command
    .option('--source-prompt <text>', 'another prompt, whose clip from the same noise lends this one its layout (Prompt-to-Prompt)')
    .addOption(
      new Option(
        '--alignment <word>',
        'how the words of both prompts are brought together (default: replace where both have as many words)',
      ).choices(['replace', 'refine']),
    )
    .option('--cross-replace-steps <share>', "share of the steps in which words look where the source's look (default: 0.8)", number)
    .option('--self-replace-steps <share>', "share of the steps in which places look where the source's look (default: 0.4)", number)
    .option('--local-blend <words>', 'words of either prompt, with commas; what is not looked at for them stays as in the source')
    .option('--blend-threshold <share>', 'share of the largest attention from which on a place belongs to a word (default: 0.3)', number);
}

/** The library's option out of the flags. @throws {FrameloomError} `FL_USAGE` for flags that say nothing without a source prompt. */
export function promptToPromptOptions({
  sourcePrompt,
  alignment,
  crossReplaceSteps,
  selfReplaceSteps,
  localBlend,
  blendThreshold,
}: PromptToPromptFlags): PromptToPromptOptions | undefined {
  const settings = { alignment, crossReplaceSteps, selfReplaceSteps, localBlend, blendThreshold };
  const said = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  if (sourcePrompt !== undefined) return { sourcePrompt, ...said };
  const [useless] = Object.keys(said);
  if (useless === undefined) return undefined;
  const flag = `--${useless.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new FrameloomError(
    'FL_USAGE',
    `${flag} says nothing without --source-prompt: give the prompt of the clip whose attention is lent.`,
  );
}

import type { ContractShapes } from '../../shared/rpc.js';
import { aCount, aString, listOf, record } from '../../shared/shape.js';

/*
 * What the extension asks of the language process: TypeScript's language service over the cells of a notebook, seen as
 * one program. Offsets count UTF-16 units from the start of a cell.
 */

/** A place in a cell. */
export interface CellPlace {
  /** The notebook's URI. */
  readonly notebook: string;
  /** The cell's URI. */
  readonly cell: string;
  readonly offset: number;
}

/** Part of a cell or of a file. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/** One complaint of the compiler about a cell. */
export interface CellDiagnostic extends Span {
  readonly message: string;
  /** TypeScript's number, 2322 for TS2322. */
  readonly code: number;
}

/** One proposal of completion. */
export interface Proposal {
  readonly name: string;
  /** TypeScript's word for it: `method`, `property`, `const`, `class`, `keyword`, … */
  readonly kind: string;
  readonly sortText: string;
  /** What to insert, when that is not the name. */
  readonly insertText?: string;
  /** What the insertion replaces, when that is not the word at the cursor. */
  readonly replace?: Span;
  readonly deprecated?: boolean;
}

/** What something is: its declaration as TypeScript and its documentation as Markdown. */
export interface Explanation {
  readonly signature: string;
  readonly documentation: string;
}

/** One way to call a function. */
export interface CallSignature extends Explanation {
  /** Its parameters, as they stand in `signature`. */
  readonly parameters: readonly { readonly label: string; readonly documentation: string }[];
}

/** Where something is declared: in a cell of the notebook, or in a file by line and column from 0. */
export type Declaration =
  | ({ readonly kind: 'cell'; readonly cell: string } & Span)
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly character: number };

/** What the language process offers. */
export type LanguageContract = {
  requests: {
    /** The cells of a notebook as they are now, in order; `folder` is where its imports are resolved from. */
    update: { params: { notebook: string; folder: string; cells: { uri: string; text: string }[] }; result: null };
    close: { params: { notebook: string }; result: null };
    /** What is wrong, cell by cell. */
    diagnostics: { params: { notebook: string }; result: { cell: string; diagnostics: CellDiagnostic[] }[] };
    complete: { params: CellPlace; result: Proposal[] };
    explainProposal: { params: CellPlace & { name: string }; result: Explanation | null };
    hover: { params: CellPlace; result: (Explanation & Span) | null };
    signatures: { params: CellPlace; result: { signatures: CallSignature[]; active: number; parameter: number } | null };
    definition: { params: CellPlace; result: Declaration[] };
  };
  events: Record<never, never>;
};

/** The extension offers the language process nothing. */
export type LanguageClientContract = { requests: Record<never, never>; events: Record<never, never> };

const place = record({ notebook: aString, cell: aString, offset: aCount });

/** Checks for {@link LanguageContract}. */
export const languageShapes: ContractShapes<LanguageContract> = {
  requests: {
    update: record({ notebook: aString, folder: aString, cells: listOf(record({ uri: aString, text: aString })) }),
    close: record({ notebook: aString }),
    diagnostics: record({ notebook: aString }),
    complete: place,
    explainProposal: record({ notebook: aString, cell: aString, offset: aCount, name: aString }),
    hover: place,
    signatures: place,
    definition: place,
  },
  events: {},
};

/** Checks for {@link LanguageClientContract}. */
export const languageClientShapes: ContractShapes<LanguageClientContract> = { requests: {}, events: {} };

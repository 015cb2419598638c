import type { ContractOf } from '../../shared/rpc.js';
import { aBoolean, aCount, aNumber, aString, listOf, nothing, optional, orNull, record, variants } from '../../shared/shape.js';
import type { TypeOf } from '../../shared/shape.js';

/*
 * What the extension asks of the language process: TypeScript's language service over the cells of a notebook, seen as
 * one program. Offsets count UTF-16 units from the start of a cell.
 */

const placeProperties = {
  /** The notebook's URI. */
  notebook: aString,
  /** The cell's URI. */
  cell: aString,
  offset: aCount,
};
const cellPlace = record(placeProperties);
/** A place in a cell. */
export type CellPlace = TypeOf<typeof cellPlace>;

const spanProperties = { start: aCount, length: aCount };
const span = record(spanProperties);
/** Part of a cell or of a file. */
export type Span = TypeOf<typeof span>;

const cellDiagnostic = record({
  ...spanProperties,
  message: aString,
  /** TypeScript's number, 2322 for TS2322. */
  code: aNumber,
});
/** One complaint of the compiler about a cell. */
export type CellDiagnostic = TypeOf<typeof cellDiagnostic>;

const proposal = record({
  name: aString,
  /** TypeScript's word for it: `method`, `property`, `const`, `class`, `keyword`, … */
  kind: aString,
  sortText: aString,
  /** What to insert, when that is not the name. */
  insertText: optional(aString),
  /** What the insertion replaces, when that is not the word at the cursor. */
  replace: optional(span),
  deprecated: optional(aBoolean),
});
/** One proposal of completion. */
export type Proposal = TypeOf<typeof proposal>;

const explanationProperties = {
  /** The declaration, as TypeScript. */
  signature: aString,
  /** As Markdown. */
  documentation: aString,
};
const explanation = record(explanationProperties);
/** What something is: its declaration and its documentation. */
export type Explanation = TypeOf<typeof explanation>;

const callSignature = record({
  ...explanationProperties,
  /** Its parameters, as they stand in `signature`. */
  parameters: listOf(record({ label: aString, documentation: aString })),
});
/** One way to call a function. */
export type CallSignature = TypeOf<typeof callSignature>;

const declaration = variants('kind', {
  /** In a cell of the notebook. */
  cell: { cell: aString, ...spanProperties },
  /** In a file, by line and column from 0. */
  file: { file: aString, line: aCount, character: aCount },
});
/** Where something is declared. */
export type Declaration = TypeOf<typeof declaration>;

/** What the language process offers. The extension offers it nothing. */
export const languageContract = {
  requests: {
    /** The cells of a notebook as they are now, in order; `folder` is where its imports are resolved from. */
    update: {
      params: record({ notebook: aString, folder: aString, cells: listOf(record({ uri: aString, text: aString })) }),
      result: nothing,
    },
    close: { params: record({ notebook: aString }), result: nothing },
    /** What is wrong, cell by cell. */
    diagnostics: { params: record({ notebook: aString }), result: listOf(record({ cell: aString, diagnostics: listOf(cellDiagnostic) })) },
    complete: { params: cellPlace, result: listOf(proposal) },
    explainProposal: { params: record({ ...placeProperties, name: aString }), result: orNull(explanation) },
    hover: { params: cellPlace, result: orNull(record({ ...explanationProperties, ...spanProperties })) },
    signatures: { params: cellPlace, result: orNull(record({ signatures: listOf(callSignature), active: aCount, parameter: aCount })) },
    definition: { params: cellPlace, result: listOf(declaration) },
  },
  events: {},
};
/** The types of {@link languageContract}. */
export type LanguageContract = ContractOf<typeof languageContract>;

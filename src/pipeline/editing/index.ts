/** How a clip is edited: methods, masks, and what decides between them. */
export { afterEdit } from './afterEdit.js';
export { beforePlainGray, type EditPlan, planByCaptions, planByOptions } from './chooseMethod.js';
export { diffedit } from './diffedit.js';
export type { EditingMethod } from './editingMethod.js';
export type { AfterEdit } from './heldFrames.js';
export { withInvertibleScheduler } from './invertibleScheduler.js';
export type { EditVideoOptions } from './options.js';
export { type SourceReading, readSource } from './readSource.js';
export { beginOf, sdedit } from './sdedit.js';

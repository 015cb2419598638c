/** What runs leave behind in a notebook's folder: files that anyone may have made, checked when they are read. */
export { type HistoryClip, type HistoryEntry, isHistoryId, MOST_THUMBNAIL } from './entry.js';
export { historyErrors } from './errors.js';
export { clipFileName, type HistorySummary, summaryOf } from './historySummary.js';
export { historyFolder, HistoryStore, isHistoryFile } from './historyStore.js';

import { access, constants, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkFilePlace, FrameloomError } from '../../library.js';
import { writeWhole } from '../../pipeline/core/index.js';
import { asNotebook, type Notebook } from './notebookFormat.js';

/**
 * Reads a notebook, as nbformat 4.5 has it.
 *
 * @throws FrameloomError `FL_NOTEBOOK_READ` for what cannot be read, `FL_NOTEBOOK_FORMAT` for what is no notebook, naming the file.
 */
export async function readNotebook(file: string): Promise<Notebook> {
  const entry = await stat(file).catch((cause: unknown) => {
    throw notReadable(
      file,
      (cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? `there is no such file; relative paths start at ${process.cwd()}`
        : reasonOf(cause),
      cause,
    );
  });
  if (entry.isDirectory()) throw notReadable(file, 'it is a folder; give the .ipynb in it');
  // Reading a pipe would wait for its other end for ever.
  if (!entry.isFile()) throw notReadable(file, 'it is neither a file nor a folder');
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw notReadable(file, reasonOf(cause), cause);
  });
  const notebook = asNotebook(parse(bytes, file), file);
  try {
    JSON.stringify(notebook);
  } catch (cause) {
    throw notJson(file, 'is nested too deeply to be written again', cause);
  }
  return notebook;
}

/**
 * Looks whether a notebook can be written to a place, to be asked before its cells run.
 *
 * @returns where it will be written: the file itself where `file` is a link to it.
 * @throws FrameloomError `FL_NOTEBOOK_WRITE`.
 */
export async function checkNotebookPlace(file: string): Promise<string> {
  if (path.extname(file).toLowerCase() !== '.ipynb')
    throw notWritable(file, 'its name must end in .ipynb, or neither VS Code nor JupyterLab opens it');
  const target = await realpath(file).catch(() => path.resolve(file));
  const entry = await stat(target).catch(() => undefined);
  if (entry?.isDirectory()) throw notWritable(file, 'a folder has that name');
  if (entry && !entry.isFile()) throw notWritable(file, 'it is no ordinary file');
  if (entry)
    await access(target, constants.W_OK).catch((cause: unknown) => {
      throw notWritable(file, 'it is write-protected', cause);
    });
  await checkFilePlace(target).catch((cause: unknown) => {
    if (cause instanceof FrameloomError) throw new FrameloomError('FL_NOTEBOOK_WRITE', cause.message, { cause });
    throw notWritable(file, reasonOf(cause), cause);
  });
  return target;
}

/** Writes a notebook; the file appears complete or not at all. @throws FrameloomError `FL_NOTEBOOK_WRITE`. */
export async function writeNotebook(file: string, notebook: Notebook): Promise<void> {
  await writeWhole(file, (draft) => writeFile(draft, `${JSON.stringify(notebook, null, 1)}\n`, { flag: 'wx' })).catch((cause: unknown) => {
    throw notWritable(file, reasonOf(cause), cause);
  });
}

function parse(bytes: Buffer, file: string): unknown {
  if (bytes.length === 0) throw notJson(file, 'is empty (0 bytes)');
  let text: string;
  try {
    // Drops a byte order mark; bytes that are no text are refused, for writing them back would change them.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notJson(file, 'is no text in UTF-8', cause);
  }
  if (text.trim() === '') throw notJson(file, 'is empty');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJson(file, 'is not JSON, which a notebook is made of', cause);
  }
}

function notReadable(file: string, reason: string, cause?: unknown): FrameloomError {
  return new FrameloomError('FL_NOTEBOOK_READ', `The notebook ${file} cannot be read: ${reason}.`, { cause });
}

function notJson(file: string, what: string, cause?: unknown): FrameloomError {
  return new FrameloomError(
    'FL_NOTEBOOK_FORMAT',
    `${file} is no notebook (.ipynb): it ${what}. Give a notebook that VS Code or JupyterLab opens.`,
    { cause },
  );
}

function notWritable(file: string, reason: string, cause?: unknown): FrameloomError {
  return new FrameloomError('FL_NOTEBOOK_WRITE', `The notebook ${file} cannot be written: ${reason}.`, { cause });
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    EACCES: 'its permissions do not allow it',
    EPERM: 'its permissions do not allow it',
    EROFS: 'its drive can only be read',
    ENOSPC: 'there is no space left',
    EDQUOT: 'there is no space left',
    ENOTDIR: 'a file has the name of one of its folders',
    ELOOP: 'its links lead in a circle',
    ENAMETOOLONG: 'its name is too long',
    ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
  };
  return known[code ?? ''] ?? message;
}

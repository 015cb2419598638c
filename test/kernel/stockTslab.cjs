// Runs a notebook in the stock tslab kernel as Jupyter would drive it, with ZeroMQ left out: the kernel's own message
// handler gets the cells, and what it would publish is printed, one JSON object a line.
//   node stockTslab.cjs notebook.ipynb
const { readFileSync } = require('node:fs');
const { createConverter } = require('tslab/dist/converter');
const { createExecutor } = require('tslab/dist/executor');
const { JupyterHandlerImpl } = require('tslab/dist/jupyter');

const print = process.stdout.write.bind(process.stdout);
const publish = (message) => print(`${JSON.stringify(message)}\n`);

async function main() {
  const { cells } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const node = createConverter({ isJS: false, isBrowser: false });
  const executor = createExecutor(
    process.cwd(),
    { node, browser: node, close: () => node.close() },
    { log: console.log, error: console.error },
  );
  const handler = new JupyterHandlerImpl(executor, false);
  for (const cell of cells) {
    if (cell.cell_type !== 'code') continue;
    const writeStream = (name, text) => publish({ stream: name, text });
    const { status } = await handler.handleExecute({ code: [cell.source].flat().join('') }, writeStream, ({ data }, update) =>
      publish({ data, update }),
    );
    if (status !== 'ok') process.exit(1);
  }
  process.exit(0);
}

void main();

import * as vscode from 'vscode';
import type { KernelState } from '../kernel/kernelSession.js';
import type { CellProgress } from '../../shared/kernelProtocol.js';
import { commandIds } from '../identifiers.js';
import type { FrameloomController } from './controller.js';

/** The status bar entry: what the kernel of the notebook in front is doing. */
export class KernelStatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('frameloom.kernel', vscode.StatusBarAlignment.Right, 90);
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly controller: FrameloomController) {
    this.item.name = 'Frameloom Kernel';
    this.item.command = commandIds.kernelMenu;
    const update = (): void => this.update();
    this.subscriptions = [this.item, controller.onDidChange(update), vscode.window.onDidChangeActiveNotebookEditor(update)];
    update();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private update(): void {
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    if (!notebook || !this.controller.isOurs(notebook)) return this.item.hide();
    const { text, tooltip, alarming } = describeState(this.controller.sessionOf(notebook)?.kernel.state ?? { kind: 'none' });
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: `${text.replace(/\$\([^)]*\) /, '')}. ${tooltip}`, role: 'button' };
    this.item.backgroundColor = alarming ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.item.show();
  }
}

/** Says in a few words what a kernel is doing. */
export function describeState(state: KernelState): { text: string; tooltip: string; alarming?: boolean } {
  switch (state.kind) {
    case 'none':
      return { text: '$(circle-outline) Frameloom: not started', tooltip: 'The kernel starts with the first cell.' };
    case 'starting':
      return { text: '$(loading~spin) Frameloom: starting', tooltip: 'The compiler and the library are being loaded.' };
    case 'idle':
      return { text: '$(circle-filled) Frameloom: idle', tooltip: 'The kernel is ready.' };
    case 'busy':
      return { text: `$(loading~spin) Frameloom: ${busyText(state)}`, tooltip: `${busyTooltip(state)} Click to interrupt or restart.` };
    case 'dead':
      return { text: '$(error) Frameloom: kernel died', tooltip: state.why, alarming: true };
  }
}

function busyText({ progress }: KernelState & { kind: 'busy' }): string {
  if (!progress) return 'busy';
  const left = progress.secondsLeft === undefined ? '' : `, ${duration(progress.secondsLeft)} left`;
  const device = isProcessor(progress) ? '' : `, on ${progress.device}`;
  return `${progress.text ?? progress.stage}${left}${device}`;
}

function busyTooltip({ progress }: KernelState & { kind: 'busy' }): string {
  if (progress?.device === undefined) return 'A cell is running.';
  return `A cell is running; the model runs on ${isProcessor(progress) ? 'the processor' : progress.device}.`;
}

function isProcessor({ device = 'cpu' }: CellProgress): boolean {
  return device === 'cpu';
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

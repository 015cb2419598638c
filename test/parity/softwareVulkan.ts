import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Chromium keeps the description of SwiftShader, a Vulkan that computes on the processor. */
const places = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/usr/lib64/chromium-browser', '/opt/google/chrome'];

/** Folders in which Vulkan's loader (Debian's libvulkan1) lies. */
const libraries = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'];

/** Makes the programs of this process find SwiftShader as their GPU. @returns undefined where it, or Vulkan's loader, is not installed. */
export function softwareVulkan(): { environment: Record<string, string>; remove: () => void } | undefined {
  const driver = places.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find((file) => existsSync(file));
  const loader = libraries.some((folder) => existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('libvulkan.so.1')));
  if (process.platform !== 'linux' || process.arch !== 'x64' || driver === undefined || !loader) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'frameloom-vulkan-'));
  const environment = { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, XDG_RUNTIME_DIR: folder };
  return { environment, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

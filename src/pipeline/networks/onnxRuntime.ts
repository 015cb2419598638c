/* The one door to ONNX Runtime (eslint holds it): nothing of Frameloom loads it in another way. */
import './noTelemetry.js';
import { env } from 'onnxruntime-node';

export { InferenceSession, listSupportedBackends, Tensor as OrtTensor } from 'onnxruntime-node';

/** The library's version: another one may round otherwise. */
export function runtimeVersion(): string {
  return String(env.versions.node ?? env.versions.common);
}

/* The one door to ONNX Runtime (eslint holds it): nothing of Frameloom loads it in another way. */
import './noTelemetry.js';

export { InferenceSession, listSupportedBackends, Tensor as OrtTensor } from 'onnxruntime-node';

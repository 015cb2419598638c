/** Moves of the camera over a clip. */
export { type Affine, cameraCheck, type CameraMove, cameraPath } from './cameraMove.js';
export { motionSteps, type MotionSteps, movedStart } from './movedStart.js';
export { warpLatents, warpPicture } from './warp.js';

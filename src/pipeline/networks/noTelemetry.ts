/*
 * ONNX Runtime's Linux builds report to their maker unless this is set before the first session: they look up a host, keep
 * a device id and a store of events under the home folder and write a log into the temporary folder for every process.
 * A module of its own, because imports run before the statements of the file that has them.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';

/** A real GPU object whose device a test can get hold of, to make it fail in ways that no software adapter does by itself. */

/** The same GPU; `onDevice` sees each device it gives before the engine does. */
export function watchDevices(gpu: GPU, onDevice: (device: GPUDevice) => void): GPU {
  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await gpu.requestAdapter(options);
    return adapter && watchAdapter(adapter, onDevice);
  };
  return { requestAdapter } as unknown as GPU;
}

function watchAdapter(adapter: GPUAdapter, onDevice: (device: GPUDevice) => void): GPUAdapter {
  const requestDevice = async (descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> => {
    const device = await adapter.requestDevice(descriptor);
    onDevice(device);
    return device;
  };
  return { info: adapter.info, limits: adapter.limits, requestDevice } as unknown as GPUAdapter;
}

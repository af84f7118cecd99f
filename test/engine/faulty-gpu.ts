/** A real GPU object that a test made worse than it is: devices to get hold of and make fail, features that are missing. */

/** The same GPU; `onDevice` sees each device it gives before the engine does. */
export function watchDevices(gpu: GPU, onDevice: (device: GPUDevice) => void): GPU {
  return withAdapters(gpu, (adapter) => {
    const requestDevice = async (descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> => {
      const device = await adapter.requestDevice(descriptor);
      onDevice(device);
      return device;
    };
    return { requestDevice };
  });
}

/** The same GPU, whose adapters offer no feature. */
export function withoutFeatures(gpu: GPU): GPU {
  return withAdapters(gpu, () => ({ features: new Set<GPUFeatureName>() }));
}

function withAdapters(gpu: GPU, change: (adapter: GPUAdapter) => Partial<GPUAdapter>): GPU {
  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await gpu.requestAdapter(options);
    if (!adapter) return null;
    const { info, features, limits } = adapter;
    return { info, features, limits, requestDevice: adapter.requestDevice.bind(adapter), ...change(adapter) } as unknown as GPUAdapter;
  };
  return { requestAdapter } as unknown as GPU;
}

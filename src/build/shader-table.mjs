/**
 * What a kernel's WGSL says of its interface. In: the file's name and text. Out: storage bindings, uniform
 * parameters and workgroup size, in the shape of `Kernel` in src/engine/engine.ts. Throws where the file leaves
 * the form that engines and twins rely on.
 */
import { WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js';

const PARAMETER_TYPES = ['u32', 'i32', 'f32'];
/** WebGPU's default limit, which every adapter has: maxStorageBuffersPerShaderStage. */
const MOST_STORAGE_BUFFERS = 8;

function parse(file, wgsl) {
  try {
    return new WgslReflect(wgsl);
  } catch (error) {
    const [, message, line = '1'] = /^(.*?)\.*\s*(?:Line: ?(\d+).*)?$/s.exec(error.message);
    throw new Error(`${file}:${line}: ${message}.`, { cause: error });
  }
}

/** Resources of group 0 in binding order; bindings count from 0 without gaps. */
function resourcesOf(file, reflection) {
  const groups = reflection.getBindGroups();
  const resources = (groups[0] ?? []).filter(Boolean);
  if (groups.length > 1 || resources.length === 0 || resources.some((resource, index) => resource.binding !== index)) {
    throw new Error(`${file}: bindings are expected in @group(0), numbered 0, 1, 2, … without a gap.`);
  }
  return resources;
}

function parametersOf(file, uniform) {
  if (!uniform) return [];
  const members = uniform.type.members ?? [];
  const wrong = members.find((member) => !PARAMETER_TYPES.includes(member.type.name));
  if (members.length === 0 || wrong) {
    const found = wrong ? `member ${wrong.name} is ${wrong.type.name}` : `${uniform.name} is ${uniform.type.name}`;
    throw new Error(`${file}: the uniform is a struct of ${PARAMETER_TYPES.join(', ')} members; ${found}.`);
  }
  return members.map(({ name, type, offset }) => ({ name, type: type.name, offset }));
}

function workgroupSizeOf(file, reflection) {
  const [entry, ...others] = reflection.entry.compute;
  if (!entry || others.length > 0) throw new Error(`${file}: one @compute entry point is expected; found ${others.length + (entry ? 1 : 0)}.`);
  const value = entry.attributes.find((attribute) => attribute.name === 'workgroup_size').value;
  const size = [value].flat().map(Number);
  if (!size.every((length) => Number.isInteger(length) && length > 0)) {
    throw new Error(`${file}: @workgroup_size(${value}) is not known before compilation; write the numbers out.`);
  }
  return [size[0], size[1] ?? 1, size[2] ?? 1];
}

export function shaderTable(file, wgsl) {
  const reflection = parse(file, wgsl);
  const resources = resourcesOf(file, reflection);
  const storage = resources.filter((resource) => reflection.storage.includes(resource));
  const uniforms = resources.filter((resource) => reflection.uniforms.includes(resource));
  if (storage.length + uniforms.length !== resources.length || uniforms.length > 1 || uniforms.some((u) => u.binding !== storage.length)) {
    throw new Error(`${file}: bindings are storage buffers first and at most one uniform struct, last.`);
  }
  if (storage.length > MOST_STORAGE_BUFFERS) {
    throw new Error(`${file}: ${storage.length} storage buffers are bound, and WebGPU promises ${MOST_STORAGE_BUFFERS}: put two tables that are read together into one.`);
  }
  return {
    bindings: storage.map(({ name, access }) => ({ name, access: access === 'read_write' ? 'read_write' : 'read' })),
    parameters: parametersOf(file, uniforms[0]),
    uniform: uniforms[0] ? { binding: uniforms[0].binding, bytes: uniforms[0].size } : null,
    workgroupSize: workgroupSizeOf(file, reflection),
  };
}

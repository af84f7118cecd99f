// A whole number below the topics from random bits is the high word of their product; the low word is as good as a fraction.
// Needs of its kernel: parameters.topicCount.

/// bits · topicCount as high and low word; topicCount < 2^16.
fn product(bits: u32) -> vec2u {
  let upper = (bits >> 16u) * parameters.topicCount;
  let lower = (bits & 0xffffu) * parameters.topicCount;
  let carry = ((upper & 0xffffu) + (lower >> 16u)) >> 16u;
  return vec2u((upper >> 16u) + carry, (upper << 16u) + lower);
}

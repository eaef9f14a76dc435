// BLAKE3 as its specification describes it, without its parallelism: chunks of 1 KiB are compressed
// block by block, and their values joined in a binary tree whose left side is always full.
#include "muster/wire/blake3.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace muster {

namespace {

using Words8 = std::array<std::uint32_t, 8>;
using Words16 = std::array<std::uint32_t, 16>;

constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kChunkBytes = 1024;

constexpr std::uint32_t kChunkStart = 1;
constexpr std::uint32_t kChunkEnd = 2;
constexpr std::uint32_t kParent = 4;
constexpr std::uint32_t kRoot = 8;

constexpr Words8 kInitial = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                             0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
constexpr std::array<std::uint8_t, 16> kPermutation = {2, 6,  3,  10, 7, 0,  4,  13,
                                                       1, 11, 12, 5,  9, 14, 15, 8};

/// The input of the last compression of a chunk or a parent: whether it is the root decides flags.
struct Node {
    Words8 chain{};
    Words16 block{};
    std::uint64_t chunk = 0;
    std::uint32_t block_bytes = kBlockBytes;
    std::uint32_t flags = 0;
};

void mix(Words16& v, std::array<std::size_t, 4> at, std::uint32_t x, std::uint32_t y) {
    const auto [a, b, c, d] = at;
    v[a] = v[a] + v[b] + x;
    v[d] = std::rotr(v[d] ^ v[a], 16);
    v[c] = v[c] + v[d];
    v[b] = std::rotr(v[b] ^ v[c], 12);
    v[a] = v[a] + v[b] + y;
    v[d] = std::rotr(v[d] ^ v[a], 8);
    v[c] = v[c] + v[d];
    v[b] = std::rotr(v[b] ^ v[c], 7);
}

Words8 compress(const Node& node, std::uint32_t extra_flags = 0) {
    const Words8& h = node.chain;
    Words16 v = {h[0],
                 h[1],
                 h[2],
                 h[3],
                 h[4],
                 h[5],
                 h[6],
                 h[7],
                 kInitial[0],
                 kInitial[1],
                 kInitial[2],
                 kInitial[3],
                 static_cast<std::uint32_t>(node.chunk),
                 static_cast<std::uint32_t>(node.chunk >> 32),
                 node.block_bytes,
                 node.flags | extra_flags};
    Words16 m = node.block;
    for (int round = 0; round < 7; ++round) {
        mix(v, {0, 4, 8, 12}, m[0], m[1]);
        mix(v, {1, 5, 9, 13}, m[2], m[3]);
        mix(v, {2, 6, 10, 14}, m[4], m[5]);
        mix(v, {3, 7, 11, 15}, m[6], m[7]);
        mix(v, {0, 5, 10, 15}, m[8], m[9]);
        mix(v, {1, 6, 11, 12}, m[10], m[11]);
        mix(v, {2, 7, 8, 13}, m[12], m[13]);
        mix(v, {3, 4, 9, 14}, m[14], m[15]);
        Words16 permuted;
        for (std::size_t i = 0; i < 16; ++i) permuted[i] = m[kPermutation[i]];
        m = permuted;
    }
    Words8 out;
    for (std::size_t i = 0; i < 8; ++i) out[i] = v[i] ^ v[i + 8];
    return out;
}

Words16 words_of(std::string_view block) {
    Words16 words{};
    for (std::size_t i = 0; i < block.size(); ++i) {
        const auto byte = static_cast<std::uint32_t>(static_cast<unsigned char>(block[i]));
        words[i / 4] |= byte << (8 * (i % 4));
    }
    return words;
}

Node node_of_chunk(std::string_view chunk, std::uint64_t index) {
    Node node{.chain = kInitial, .chunk = index};
    std::uint32_t flags = kChunkStart;
    while (chunk.size() > kBlockBytes) {
        node.block = words_of(chunk.substr(0, kBlockBytes));
        node.flags = flags;
        node.chain = compress(node);
        flags = 0;
        chunk.remove_prefix(kBlockBytes);
    }
    node.block = words_of(chunk);
    node.block_bytes = static_cast<std::uint32_t>(chunk.size());
    node.flags = flags | kChunkEnd;
    return node;
}

Node node_of_parent(const Words8& left, const Words8& right) {
    Node node{.chain = kInitial, .flags = kParent};
    std::ranges::copy(left, node.block.begin());
    std::ranges::copy(right, node.block.begin() + 8);
    return node;
}

Node node_of_tree(std::string_view text, std::uint64_t first_chunk) {
    if (text.size() <= kChunkBytes) return node_of_chunk(text, first_chunk);
    // The left part is the largest power of two of chunks that leaves something for the right.
    const std::size_t chunks = std::bit_floor((text.size() - 1) / kChunkBytes);
    const std::size_t left_bytes = chunks * kChunkBytes;
    const Words8 left = compress(node_of_tree(text.substr(0, left_bytes), first_chunk));
    const Words8 right = compress(node_of_tree(text.substr(left_bytes), first_chunk + chunks));
    return node_of_parent(left, right);
}

}  // namespace

std::array<std::uint8_t, 32> blake3(std::string_view text) noexcept {
    const Words8 words = compress(node_of_tree(text, 0), kRoot);
    std::array<std::uint8_t, 32> out;
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<std::uint8_t>(words[i / 4] >> (8 * (i % 4)));
    }
    return out;
}

}  // namespace muster

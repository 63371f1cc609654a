// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Events of every ABI type.
contract Shapes {
    struct Inner {
        int128 n;
        bytes3 tag;
    }

    struct Outer {
        Inner inner;
        Inner[] list;
        string[2] pair;
    }

    enum Level {
        LOW,
        HIGH
    }

    event Uints(uint8 a, uint16 b, uint24 c, uint32 d, uint64 e, uint128 f, uint256 g);
    event Ints(int8 a, int16 b, int24 c, int32 d, int64 e, int128 f, int256 g);
    event Fixed(bytes1 a, bytes4 b, bytes20 c, bytes32 d, address e, bool f, Level g);
    event Dynamic(bytes a, string b, uint256[] c, string[] d, bytes[] e, uint8[3] f, int256[2][] g);
    event Tuples(Outer a, Outer[] b, Inner c);
    event Indexed(string indexed a, bytes indexed b, uint256[] indexed c);
    event Same(uint256 a);
    event Same(uint256 a, string b);
    event Nothing();

    function all(uint256 seed) external {
        int256 n = int256(seed) * (seed % 2 == 0 ? int256(-1) : int256(1));
        emit Uints(uint8(seed), uint16(seed), uint24(seed), uint32(seed), uint64(seed), uint128(seed), seed);
        emit Ints(int8(n), int16(n), int24(n), int32(n), int64(n), int128(n), n);
        emit Fixed(
            bytes1(uint8(seed)),
            bytes4(uint32(seed)),
            bytes20(uint160(seed)),
            bytes32(seed),
            address(uint160(seed)),
            seed % 2 == 0,
            Level(seed % 2)
        );
        emit Nothing();
        emit Same(seed);
        emit Same(seed, "overloaded");
    }

    function dynamic(bytes calldata a, string calldata b, uint256 count) external {
        uint256[] memory c = new uint256[](count);
        string[] memory d = new string[](count);
        bytes[] memory e = new bytes[](count);
        int256[2][] memory g = new int256[2][](count);
        for (uint256 i = 0; i < count; i++) {
            c[i] = i;
            d[i] = b;
            e[i] = a;
            g[i] = [int256(i), -int256(i)];
        }
        emit Dynamic(a, b, c, d, e, [1, 2, 3], g);
        emit Indexed(b, a, c);
        Inner memory inner = Inner(-int128(int256(count)), 0x010203);
        Inner[] memory list = new Inner[](count);
        for (uint256 i = 0; i < count; i++) list[i] = Inner(int128(int256(i)), 0xffffff);
        Outer memory outer = Outer(inner, list, [b, "second"]);
        Outer[] memory outers = new Outer[](count);
        for (uint256 i = 0; i < count; i++) outers[i] = outer;
        emit Tuples(outer, outers, inner);
    }
}

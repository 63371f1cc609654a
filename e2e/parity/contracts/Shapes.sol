// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Every ABI type: each function takes values of a family, emits them as an event, and returns them.
contract Shapes {
    struct Uints {
        uint8 u8; uint16 u16; uint24 u24; uint32 u32;
        uint40 u40; uint48 u48; uint56 u56; uint64 u64;
        uint72 u72; uint80 u80; uint88 u88; uint96 u96;
        uint104 u104; uint112 u112; uint120 u120; uint128 u128;
        uint136 u136; uint144 u144; uint152 u152; uint160 u160;
        uint168 u168; uint176 u176; uint184 u184; uint192 u192;
        uint200 u200; uint208 u208; uint216 u216; uint224 u224;
        uint232 u232; uint240 u240; uint248 u248; uint256 u256;
    }

    struct Ints {
        int8 i8; int16 i16; int24 i24; int32 i32;
        int40 i40; int48 i48; int56 i56; int64 i64;
        int72 i72; int80 i80; int88 i88; int96 i96;
        int104 i104; int112 i112; int120 i120; int128 i128;
        int136 i136; int144 i144; int152 i152; int160 i160;
        int168 i168; int176 i176; int184 i184; int192 i192;
        int200 i200; int208 i208; int216 i216; int224 i224;
        int232 i232; int240 i240; int248 i248; int256 i256;
    }

    struct FixedBytes {
        bytes1 b1; bytes2 b2; bytes3 b3; bytes4 b4;
        bytes5 b5; bytes6 b6; bytes7 b7; bytes8 b8;
        bytes9 b9; bytes10 b10; bytes11 b11; bytes12 b12;
        bytes13 b13; bytes14 b14; bytes15 b15; bytes16 b16;
        bytes17 b17; bytes18 b18; bytes19 b19; bytes20 b20;
        bytes21 b21; bytes22 b22; bytes23 b23; bytes24 b24;
        bytes25 b25; bytes26 b26; bytes27 b27; bytes28 b28;
        bytes29 b29; bytes30 b30; bytes31 b31; bytes32 b32;
    }

    struct Inner {
        int128 n;
        bytes3 tag;
    }

    struct Outer {
        Inner inner;
        Inner[] list;
        string[2] pair;
    }

    struct Deep {
        Outer[2] two;
        Outer[][] many;
        bool[] flags;
    }

    enum Level {
        LOW,
        MIDDLE,
        HIGH
    }

    error Refused(uint256 code, string why);

    event Widths(Uints u, Ints i, FixedBytes b);
    event Flat(bool a, address b, Level c, bytes d, string e);
    event Lists(uint256[] a, address[] b, string[] c, bytes[] d, bool[] e);
    event Fixed(uint8[3] a, string[2] b, int256[2][3] c, address[2][] d, bytes4[] e);
    event Nested(uint256[][] a, string[][] b, bytes4[2][] c);
    event Tuples(Outer a, Outer[] b, Inner c);
    event Deeper(Deep a, Inner[][] b);
    event Words(address indexed a, int256 indexed b, bytes32 indexed c, uint256 d);
    event Small(int8 indexed a, bytes4 indexed b, bool indexed c, uint16 d);
    event Hashed(string indexed a, bytes indexed b, uint256[] indexed c, string d);
    event HashedFixed(uint8[3] indexed a, Level indexed b, string[2] indexed c);
    event HashedOne(uint8[1] indexed a, uint256[1][1] indexed b);
    event Last(string a, uint64 indexed b);
    event Same(uint256 a);
    event Same(uint256 a, string b);
    event Nothing();
    event Unnamed(uint256 indexed a, string b, address indexed c, bytes indexed d, int8 indexed e) anonymous;
    event Bare(string a) anonymous;
    event NoNames(uint256, address indexed, string);

    function widths(Uints calldata u, Ints calldata i, FixedBytes calldata b)
        external
        returns (Uints memory, Ints memory, FixedBytes memory)
    {
        emit Widths(u, i, b);
        return (u, i, b);
    }

    function flat(bool a, address b, Level c, bytes memory d, string memory e)
        external
        payable
        returns (bool, address, Level, bytes memory, string memory)
    {
        emit Flat(a, b, c, d, e);
        return (a, b, c, d, e);
    }

    function lists(
        uint256[] memory a,
        address[] memory b,
        string[] memory c,
        bytes[] memory d,
        bool[] memory e
    ) external returns (uint256[] memory, address[] memory, string[] memory, bytes[] memory, bool[] memory) {
        emit Lists(a, b, c, d, e);
        return (a, b, c, d, e);
    }

    function fixedLists(
        uint8[3] memory a,
        string[2] memory b,
        int256[2][3] memory c,
        address[2][] memory d,
        bytes4[] memory e
    )
        external
        returns (uint8[3] memory, string[2] memory, int256[2][3] memory, address[2][] memory, bytes4[] memory)
    {
        emit Fixed(a, b, c, d, e);
        return (a, b, c, d, e);
    }

    function nested(uint256[][] memory a, string[][] memory b, bytes4[2][] memory c)
        external
        returns (uint256[][] memory, string[][] memory, bytes4[2][] memory)
    {
        emit Nested(a, b, c);
        return (a, b, c);
    }

    function tuples(Outer memory a, Outer[] memory b, Inner memory c)
        external
        returns (Outer memory, Outer[] memory x, Inner memory named)
    {
        emit Tuples(a, b, c);
        return (a, b, c);
    }

    function deeper(Deep memory a, Inner[][] memory b) external returns (Deep memory, uint256) {
        emit Deeper(a, b);
        return (a, b.length);
    }

    function indexed_(int256 n, string memory text, bytes memory data, uint256[] memory list) external {
        emit Words(address(uint160(uint256(n))), n, bytes32(uint256(n)), uint256(n));
        emit Small(int8(n), bytes4(uint32(uint256(n))), n % 2 == 0, uint16(uint256(n)));
        emit Hashed(text, data, list, text);
        emit HashedFixed([1, 2, 3], Level.HIGH, [text, "second"]);
        emit HashedOne([7], [[uint256(n)]]);
        emit Last(text, uint64(uint256(n)));
        emit Same(uint256(n));
        emit Same(uint256(n), text);
        emit Nothing();
        emit NoNames(uint256(n), msg.sender, text);
    }

    function unnamed(uint256 a, string memory b, address c, bytes memory d, int8 e) external {
        emit Unnamed(a, b, c, d, e);
        emit Bare(b);
    }

    /// Fails in the way it is told to, or answers.
    function refuse(uint256 how) public view returns (uint256) {
        uint256[] memory none = new uint256[](0);
        if (how == 0) revert("on purpose");
        if (how == 1) revert();
        if (how == 2) revert Refused(how, "custom");
        if (how == 3) assert(how == 0);
        if (how == 4) return how / none.length;
        if (how == 5) return none[how];
        if (how == 6) return type(uint256).max + how;
        if (how == 7) require(how == 0);
        if (how == 8) assembly { invalid() }
        if (how == 9) return this.refuse(0);
        if (how == 10) assembly { return(0, 0) }
        if (how == 11) assembly { return(0, 31) }
        if (how == 12) return uint256(uint8(Level(how)));
        if (how == 13) assembly { revert(0, 1000) }
        return how;
    }

    /// The same for answers whose size is not known.
    function refuseText(uint256 how) external view returns (string memory, Inner memory) {
        refuse(how);
        return ("answered", Inner(1, 0x010203));
    }
}

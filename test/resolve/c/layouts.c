// Layouts that real kernels have too few of: compiled with `gcc -g`, turned into BTF and printed by pahole, then by this program.
typedef unsigned char u8;

struct qualified {
  int k;
  const char text[5];
  const u8 bytes[5];
  volatile const int both;
  const int *const *pointers;
  int *volatile register_pointer;
  int *const fixed_pointer;
  const struct { int a; char b; };
  const char flexible[];
};

struct only_flexible_typedef { int k; const u8 flexible[]; };

struct functions {
  int (*table[3])(int);
  int (**indirect)(int);
  char (*to_array)[4];
  char square[2][3];
  int (*takes_function)(int (*)(char), struct functions *);
  const volatile char *volatile_text;
  const int (*to_const_array)[3];
  void (*old_style)();
  int (*variadic)(const char *, ...);
  int (*const fixed)(void);
  char *restrict restricted;
  long long wide;
  double fraction;
};

struct aligned_members {
  char x;
  int y __attribute__((aligned(8)));
  char z;
  short s : 3;
  short : 0;
  short t : 5;
  long double big;
  _Bool flag : 1;
  struct {} empty;
  char last;
};

struct nested {
  char a;
  struct { char x; int y; } __attribute__((packed)) in;
  struct { char z; int w; };
  union { int u; struct { char aa; char bb[0]; }; };
  struct { short one; char two; } many[3];
};

struct packed_one { char a[3]; int b; } __attribute__((packed));
struct holds_packed { struct packed_one f; char z; long l; };
union of_packed { struct packed_one f; char c; };

struct bitfields {
  int : 3;
  int a : 4;
  int b : 30;
  long c : 40;
  int d;
  char e : 2;
  unsigned long long f : 50;
};

struct borrowed_bits {
  char a;
  int b : 20;
  int c : 4;
  short d;
  unsigned e : 1;
  unsigned f : 31;
  u8 g : 2;
};

struct on_cachelines {
  char head[60];
  union { long first; struct { char pad[100]; int tail; }; };
  char after[200];
  struct { char inner[70]; long behind; } __attribute__((aligned(64))) block;
} __attribute__((aligned(64)));

union top { int a; struct { char b[65]; long c; } d; };

enum plain { ZERO, BIG = 0x7fffffff };
typedef struct { int counter; } anonymous_t;
typedef enum { FIRST, SECOND_LONGER } choice_t;
typedef const char *(*callback_t)(void *, int);

struct qualified *v1; struct only_flexible_typedef *v2; struct functions v3; struct aligned_members v4; struct nested v5;
struct holds_packed v6; union of_packed v7; struct bitfields v8; struct borrowed_bits v9; struct on_cachelines v10; union top v11;
enum plain v12; anonymous_t v13; choice_t v14; callback_t v15;

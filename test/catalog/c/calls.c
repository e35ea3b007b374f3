// Calls functions of many prototypes and prints what their argument registers and stack held at entry, so that the places that
// are computed from the prototypes can be read and compared. Byte j of argument i (from 1) is 16 * i + j, modulo 251.
#include <stdio.h>
#include <string.h>

unsigned long registers[6];
unsigned long stack[24];

void capture(void);
__asm__(".text\ncapture:\n"
        "mov %rdi, registers(%rip)\nmov %rsi, registers+8(%rip)\nmov %rdx, registers+16(%rip)\n"
        "mov %rcx, registers+24(%rip)\nmov %r8, registers+32(%rip)\nmov %r9, registers+40(%rip)\n"
        "mov %rsp, %rsi\nlea stack(%rip), %rdi\nmov $24, %ecx\ncld\nrep movsq\n"
        "mov %rdi, %rax\nret\n");

struct empty {};
struct byte { char a; };
struct three { char a[3]; };
struct eight { int a, b; };
struct twelve { int a, b, c; };
struct sixteen { long a; int b; char c; };
struct seventeen { char a[17]; };
struct big { long a[5]; };
struct crooked { char a; long b; } __attribute__((packed));
union either { int a; long b[2]; };
typedef __int128 wide;

typedef void (*plain_t)(int, long, char *, short, unsigned char, long);
typedef void (*eight_words_t)(long, long, long, long, long, long, long, int);
typedef void (*small_structs_t)(struct byte, struct three, struct eight, int);
typedef void (*two_registers_t)(int, struct twelve, struct sixteen, int, int);
typedef void (*no_room_t)(int, int, int, int, int, struct sixteen, int, int);
typedef void (*in_memory_t)(struct big, int, struct seventeen, long);
typedef void (*crooked_t)(struct crooked, int);
typedef void (*unions_t)(union either, int, union either, union either);
typedef void (*wides_t)(int, wide, long, wide, wide, int);
typedef void (*wide_on_stack_t)(long, long, long, long, long, long, int, wide, int);
typedef void (*nothing_t)(struct empty, int);
typedef struct big (*returns_big_t)(int, struct twelve);
typedef struct sixteen (*returns_sixteen_t)(int, struct twelve);
typedef struct crooked (*returns_crooked_t)(long);

static void fill(void *at, unsigned long size, int argument)
{
  for (unsigned long i = 0; i < size; i++) ((unsigned char *)at)[i] = (16 * argument + i) % 251;
}

static void show(const char *name)
{
  printf("%s", name);
  for (int i = 0; i < 6; i++) printf(" %016lx", registers[i]);
  for (int i = 0; i < 24; i++) printf(" %016lx", stack[i]);
  printf("\n");
}

#define A(type, n) type a##n; fill(&a##n, sizeof a##n, n)
#define CALL(type, ...) ((type)capture)(__VA_ARGS__); show(#type)

int main(void)
{
  { A(int, 1); A(long, 2); A(char *, 3); A(short, 4); A(unsigned char, 5); A(long, 6); CALL(plain_t, a1, a2, a3, a4, a5, a6); }
  { A(long, 1); A(long, 2); A(long, 3); A(long, 4); A(long, 5); A(long, 6); A(long, 7); A(int, 8); CALL(eight_words_t, a1, a2, a3, a4, a5, a6, a7, a8); }
  { A(struct byte, 1); A(struct three, 2); A(struct eight, 3); A(int, 4); CALL(small_structs_t, a1, a2, a3, a4); }
  { A(int, 1); A(struct twelve, 2); A(struct sixteen, 3); A(int, 4); A(int, 5); CALL(two_registers_t, a1, a2, a3, a4, a5); }
  { A(int, 1); A(int, 2); A(int, 3); A(int, 4); A(int, 5); A(struct sixteen, 6); A(int, 7); A(int, 8); CALL(no_room_t, a1, a2, a3, a4, a5, a6, a7, a8); }
  { A(struct big, 1); A(int, 2); A(struct seventeen, 3); A(long, 4); CALL(in_memory_t, a1, a2, a3, a4); }
  { A(struct crooked, 1); A(int, 2); CALL(crooked_t, a1, a2); }
  { A(union either, 1); A(int, 2); A(union either, 3); A(union either, 4); CALL(unions_t, a1, a2, a3, a4); }
  { A(int, 1); A(wide, 2); A(long, 3); A(wide, 4); A(wide, 5); A(int, 6); CALL(wides_t, a1, a2, a3, a4, a5, a6); }
  { A(long, 1); A(long, 2); A(long, 3); A(long, 4); A(long, 5); A(long, 6); A(int, 7); A(wide, 8); A(int, 9); CALL(wide_on_stack_t, a1, a2, a3, a4, a5, a6, a7, a8, a9); }
  { struct empty a1; A(int, 2); CALL(nothing_t, a1, a2); }
  { A(int, 1); A(struct twelve, 2); CALL(returns_big_t, a1, a2); }
  { A(int, 1); A(struct twelve, 2); CALL(returns_sixteen_t, a1, a2); }
  { A(long, 1); CALL(returns_crooked_t, a1); }
  return 0;
}

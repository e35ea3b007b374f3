{
  "targets": [
    {
      "target_name": "btfly",
      "sources": [
        "src/addon.cc",
        "src/call.cc",
        "src/close.cc",
        "src/ring.cc",
        "src/syscalls.cc",
        "src/watch.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED", "NAPI_DISABLE_CPP_EXCEPTIONS"],
      "cflags_cc": ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Wno-cast-function-type", "-fvisibility=hidden"]
    }
  ]
}

# payments_proto_library(NAME ROOT dir FILES a.proto … [GRPC] [TYPE OBJECT] DEPENDS …):
# compiles FILES, named relative to ROOT, into a library. With GRPC it compiles their
# services only. (protobuf_generate places output by the caller's folder, not by ROOT.)
function(payments_proto_library name)
  cmake_parse_arguments(arg "GRPC" "ROOT;TYPE" "FILES;DEPENDS" ${ARGN})
  if(NOT arg_TYPE)
    set(arg_TYPE STATIC)
  endif()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${out})
  set(imports -I ${arg_ROOT} -I ${CMAKE_CURRENT_SOURCE_DIR}/third_party)
  if(arg_GRPC)
    set(flags --grpc_out=${out} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    set(suffix .grpc.pb)
  else()
    set(flags --cpp_out=${out})
    set(suffix .pb)
  endif()
  foreach(file ${arg_FILES})
    string(REGEX REPLACE "\\.proto$" "${suffix}" stem ${file})
    add_custom_command(
      OUTPUT ${out}/${stem}.cc ${out}/${stem}.h
      COMMAND protobuf::protoc ${imports} ${flags} ${arg_ROOT}/${file}
      DEPENDS ${arg_ROOT}/${file}
      VERBATIM)
    list(APPEND sources ${out}/${stem}.cc)
    list(APPEND headers ${out}/${stem}.h)
  endforeach()
  add_library(${name} ${arg_TYPE} ${sources} ${headers})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_include_directories(${name} SYSTEM PUBLIC ${out})
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS} PRIVATE payments_sanitizers)
endfunction()

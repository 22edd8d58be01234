# What `cmake --install` puts where, and the two Debian packages that `cpack` makes of it: dateline (programs, units, example
# configuration, manual, completion) and dateline-dev (contracts, client library, CMake package).
include(CMakePackageConfigHelpers)

set(systemd "${PROJECT_SOURCE_DIR}/deploy/systemd")
file(GLOB units CONFIGURE_DEPENDS "${systemd}/*.service" "${systemd}/*.target")
install(FILES ${units} DESTINATION lib/systemd/system COMPONENT runtime)
install(FILES "${systemd}/dateline.sysusers" DESTINATION lib/sysusers.d RENAME dateline.conf COMPONENT runtime)
file(GLOB configurations CONFIGURE_DEPENDS "${systemd}/*.toml")
install(FILES ${configurations} DESTINATION /etc/dateline COMPONENT runtime)

# Manual and completion come from the programs' own help, so that they cannot differ from it.
find_program(DATELINE_HELP2MAN help2man)
if(DATELINE_HELP2MAN)
  set(manual "${PROJECT_BINARY_DIR}/manual")
  get_property(programs GLOBAL PROPERTY DATELINE_PROGRAMS)
  add_custom_command(OUTPUT "${manual}/dateline.bash"
    COMMAND "${PROJECT_SOURCE_DIR}/deploy/systemd/make-manual" "${PROJECT_BINARY_DIR}/bin" "${manual}" "${DATELINE_HELP2MAN}"
    DEPENDS ${programs} "${PROJECT_SOURCE_DIR}/deploy/systemd/make-manual"
    VERBATIM COMMENT "manual pages and completion")
  add_custom_target(manual ALL DEPENDS "${manual}/dateline.bash")
  install(DIRECTORY "${manual}/man1/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT runtime OPTIONAL)
  install(FILES "${manual}/dateline.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
    RENAME dateline COMPONENT runtime OPTIONAL)
endif()

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Dateline")
configure_package_config_file("${PROJECT_SOURCE_DIR}/common/cmake/DatelineConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/DatelineConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/DatelineConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/DatelineConfig.cmake" "${PROJECT_BINARY_DIR}/DatelineConfigVersion.cmake"
  DESTINATION "${package_dir}" COMPONENT dev)
install(EXPORT Dateline NAMESPACE Dateline:: DESTINATION "${package_dir}" FILE DatelineTargets.cmake COMPONENT dev)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dateline)
set(CPACK_PACKAGE_CONTACT "The Dateline authors <maintainers@dateline.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES TRUE)
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME dateline)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "ca-certificates, tzdata")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
  "${systemd}/debian/postinst;${systemd}/debian/prerm;${systemd}/debian/postrm;${systemd}/debian/conffiles")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "The services and the command. `systemctl enable --now dateline.target` runs them.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME dateline-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "libgrpc++-dev, libprotobuf-dev, libabsl-dev, libssl-dev, libspdlog-dev, libfmt-dev, libtomlplusplus-dev, prometheus-cpp-dev, uuid-dev, pkg-config")
set(CPACK_COMPONENT_DEV_DESCRIPTION "Contracts, client library and CMake package for programs that call Dateline or subscribe to it.")
include(CPack)

/** Settings of the HTTP server that no bundle above it can make. */
@NullMarked
package opencode.nexus.jetty;

import org.jspecify.annotations.NullMarked;

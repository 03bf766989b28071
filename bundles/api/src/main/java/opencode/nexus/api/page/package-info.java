/** Static pages, told from how they are served. */
@Export
@Version("1.0.0")
@NullMarked
package opencode.nexus.api.page;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

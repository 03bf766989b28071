/** Who gets in. */
@Export
@Version("2.1.0")
@NullMarked
package opencode.nexus.api.auth;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
